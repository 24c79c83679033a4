# SPDX-License-Identifier: GPL-2.0
# The targets people type. `make help` lists them.

KDIR      ?= /lib/modules/$(shell uname -r)/build
KERNELS   ?= 6.1 6.12 7.2
PREFIX    ?= /usr/local
DESTDIR   ?=
BPF_CLANG ?= clang
BPFTOOL   ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
CFLAGS    ?= -O2 -g
WARNINGS  := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wno-unused-parameter
LIBRARIES := libbpf smartcols json-c
VERSION   := 0.1.0

multiarch := $(shell $(CC) -print-multiarch)
bpf_arch  := $(subst x86_64,x86,$(subst aarch64,arm64,$(firstword $(subst -, ,$(multiarch)))))
build     := build
cmd_src   := $(wildcard user/*.c)
cmd_obj   := $(cmd_src:user/%.c=$(build)/user/%.o)
bpf_src   := $(wildcard bpf/*.bpf.c)
bpf_obj   := $(bpf_src:bpf/%.bpf.c=$(build)/bpf/%.o)
shared_h  := $(wildcard kmod/uapi/tcpscope/*.h)

.PHONY: all help command module install uninstall test test-unit test-kunit kunit test-vm demo lint clean

all: command module ## the command and the module of the running kernel

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

command: $(build)/tcpscope ## the command, with the recorder in it

module: ## tcpscope.ko, for the kernel whose headers are in KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# --- the recorder: one object file, its skeleton compiled into the command ---

$(build)/bpf/%.o: bpf/%.bpf.c $(wildcard bpf/*.h) $(shared_h)
	@mkdir -p $(@D)
	$(BPF_CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Wno-unused-function \
		-Werror \
		-D__TARGET_ARCH_$(bpf_arch) -idirafter /usr/include/$(multiarch) -Ikmod/uapi -Ibpf -c $< -o $@

$(build)/bpf/recorder.skel.h: $(bpf_obj)
	$(BPFTOOL) gen object $(build)/bpf/linked.bpf $^
	$(BPFTOOL) gen skeleton $(build)/bpf/linked.bpf name recorder_bpf > $@.new
	mv $@.new $@

# --- the command ---

$(build)/user/%.o: user/%.c $(build)/bpf/recorder.skel.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -std=gnu11 -DTCPSCOPE_VERSION='"$(VERSION)"' -MMD -MP \
		-Ikmod/uapi -Iuser -I$(build)/bpf $(shell pkg-config --cflags $(LIBRARIES)) -c $< -o $@

$(build)/tcpscope: $(cmd_obj)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs $(LIBRARIES))

-include $(cmd_obj:.o=.d)
