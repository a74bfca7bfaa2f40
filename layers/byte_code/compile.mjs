// Byte-compiles a layer with the Python 3.13 of Pyodide. Argument: the layer's folder.
import { loadPyodide } from "pyodide";

const python = await loadPyodide();
python.mountNodeFS("/opt/python", process.argv[2]);
const compiled = python.runPython(`
import compileall, py_compile
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
bool(compileall.compile_dir("/opt/python", quiet=1, force=True, invalidation_mode=mode))
`);
process.exit(compiled ? 0 : 1);
