"""The loading of modules where it must be quick."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_compile = re.compile


@contextmanager
def quick_loading() -> Iterator[None]:
    """Load modules inside the `with` block with an eighth fewer instructions.

    Most of those are saved on regular expressions: libraries make a hundred of them as they are
    loaded, for which a ping mostly has no use, so each is compiled when it is first used. And what
    is loaded stays as long as the process: there is no garbage to look for, then or later.
    """
    gc.disable()
    re.compile = _DeferredPattern  # type: ignore[assignment]
    try:
        yield
    finally:
        re.compile = _compile
        gc.freeze()
        gc.enable()


class _DeferredPattern:
    """Stands for a compiled pattern, and becomes one when something is asked of it.

    What is wrong with it is told then, too, and not before.
    """

    def __init__(self, pattern: Any, flags: Any = 0) -> None:
        self._wanted = pattern, flags
        self._compiled: Any = None

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return re.Pattern  # for `re.sub` and its like, which take texts too

    def __getattr__(self, name: str) -> Any:
        if name == "__isabstractmethod__":  # asked of each member of an abstract class
            raise AttributeError(name)
        if self._compiled is None:
            self._compiled = _compile(*self._wanted)
        return getattr(self._compiled, name)
