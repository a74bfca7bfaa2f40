# What the Makefiles of the layers share. `sam build` calls them with ARTIFACTS_DIR set, in a layer's own folder.

ROOT := $(realpath $(dir $(lastword $(MAKEFILE_LIST)))..)
PYTHON_VERSION ?= 3.13
ARCHITECTURE ?= arm64
PLATFORM := $(if $(filter x86_64,$(ARCHITECTURE)),x86_64,aarch64)-manylinux2014
# Lambda unpacks a layer below /opt, and has /opt/python on the path that modules are looked for on.
TARGET := $(abspath $(ARTIFACTS_DIR))/python

export UV_PYTHON_DOWNLOADS := never

# The packages of the lock file that these options of `uv export` choose, and nothing else. Copied, for what is changed
# afterwards must not be uv's own copy, which environments share.
define install
	rm -rf "$(TARGET)"
	mkdir -p "$(TARGET)"
	uv export --quiet --project "$(ROOT)" --frozen $(1) --output-file "$(ARTIFACTS_DIR)/requirements.txt"
	uv pip install --quiet --link-mode copy --python-version $(PYTHON_VERSION) --python-platform $(PLATFORM) \
	  --target "$(TARGET)" --requirements "$(ARTIFACTS_DIR)/requirements.txt"
	rm -rf "$(TARGET)/bin" "$(TARGET)/.lock" "$(ARTIFACTS_DIR)/requirements.txt"
endef

define finish
	find "$(TARGET)" -name __pycache__ -prune -exec rm -rf {} +
	"$(ROOT)/layers/byte_code/compile" $(PYTHON_VERSION) "$(TARGET)"
	@echo "$@ for $(ARCHITECTURE): $$(find "$(TARGET)" -type f -exec cat {} + | wc -c) bytes unzipped"
endef
