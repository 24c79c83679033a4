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
LIBRARIES := libbpf smartcols
VERSION   := 0.1.0

multiarch  = $(shell $(CC) -print-multiarch)
bpf_arch   = $(subst x86_64,x86,$(subst aarch64,arm64,$(firstword $(subst -, ,$(multiarch)))))
build     := build
cmd_src   := $(wildcard user/*.c user/*/*.c)
cmd_obj   := $(cmd_src:user/%.c=$(build)/user/%.o)
bpf_obj   := $(build)/bpf/recorder.o
shared_h  := $(wildcard kmod/uapi/tcpscope/*.h)

.PHONY: all help command module install uninstall demo test test-unit kunit kunit-matrix test-vm test-full test-sanitize test-storm test-soak lab lab-random lab-mutate bench clean

all: command module ## the command and the module of the running kernel

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

command: $(build)/tcpscope ## the command, with the recorder in it

module: ## tcpscope.ko, for the kernel whose headers are in KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# --- the recorder: one object file, its skeleton compiled into the command ---

$(build)/bpf/%.o: bpf/%.bpf.c $(wildcard bpf/*) $(shared_h)
	@mkdir -p $(@D)
	$(BPF_CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Wno-unused-function \
		-Werror \
		-D__TARGET_ARCH_$(bpf_arch) -idirafter /usr/include/$(multiarch) -Ikmod/uapi -Ibpf -c $< -o $@

$(build)/bpf/recorder.skel.h: $(bpf_obj)
	$(BPFTOOL) gen skeleton $< name recorder_bpf > $@.new
	mv $@.new $@

# --- the command ---

$(build)/user/%.o: user/%.c $(build)/bpf/recorder.skel.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -std=gnu11 -D_GNU_SOURCE -DTCPSCOPE_VERSION='"$(VERSION)"' -MMD -MP \
		-Ikmod/uapi -Iuser -I$(build)/bpf $(shell pkg-config --cflags $(LIBRARIES)) -c $< -o $@

$(build)/tcpscope: $(cmd_obj)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs $(LIBRARIES))

-include $(cmd_obj:.o=.d)

# --- installing on a real host ---

install: command module ## command, man page, completion and module, under PREFIX
	install -D -m 755 $(build)/tcpscope $(DESTDIR)$(PREFIX)/sbin/tcpscope
	install -D -m 644 man/tcpscope.8 $(DESTDIR)$(PREFIX)/share/man/man8/tcpscope.8
	install -D -m 644 completions/tcpscope.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/tcpscope
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) modules_install

uninstall: ## takes away what install put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/tcpscope $(DESTDIR)$(PREFIX)/share/man/man8/tcpscope.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/tcpscope
	find $(DESTDIR)/lib/modules -name 'tcpscope.ko*' -delete

# --- tests; each installs what it lacks from Debian's packages ---

$(build)/tcp: tests/vm/tcp_data.c tests/vm/tcp.h
$(build)/census: $(shared_h)
$(build)/tcp $(build)/segment $(build)/census $(build)/crowd: $(build)/%: tests/vm/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -D_GNU_SOURCE -Ikmod/uapi -o $@ $(filter %.c,$^)

$(build)/timewaits $(build)/both: $(build)/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -D_GNU_SOURCE -o $@ $<

$(build)/storm: $(wildcard tests/storm/*.[ch]) $(shared_h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -D_GNU_SOURCE -Ikmod/uapi -o $@ $(filter %.c,$^) -lbpf

$(build)/failnth: tests/sanitize/failnth.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) -D_GNU_SOURCE -o $@ $<

demo: ## boots the lab machine and shows what tcpscope shows
	@tests/deps build vm
	@$(MAKE) -s $(build)/tcpscope $(build)/tcp
	@tests/vm/run -k 6.1 -f $(build)/tcp:/usr/bin/tcp -f tests/vm/cases/lib.bash:/root/cases/lib.bash tests/demo.sh

test: ## everything: unit, KUnit, and the lab machine on three kernels
	@tests/run

-include tests/unit/unit.mk

kunit: ## suites in a user-mode kernel with KASAN and lockdep: SUITE=FILE SERIES=6.12 KERNEL_TREE=DIR REPEAT=200 SHUFFLE=1 JUNIT=FILE GLOB='tcp_*'
	@tests/deps kunit
	@tests/kunit/run $(if $(SERIES),--series=$(SERIES)) $(if $(KERNEL_TREE),--tree=$(KERNEL_TREE)) $(SUITE:%=--suite=%) \
		$(if $(REPEAT),--repeat=$(REPEAT)) $(if $(SHUFFLE),--shuffle=$(SHUFFLE)) $(if $(JUNIT),--junit=$(JUNIT)) $(if $(GLOB),'$(GLOB)')

kunit-matrix: ## the kit and the module in six kernels, of all series, 32 bits, HZ 1000, options off; CELL=long or NAME: tests/kunit/cells
	@tests/deps build kunit
	@tests/kunit/matrix $(CELL)

test-full: ## what is left out of test for the sake of time, too
	@tests/deps build vm
	@tests/vm/test --full $(KERNELS:%=-k %)

test-vm: ## the cases of tests/vm/cases on each of KERNELS
	@tests/deps build vm
	@tests/vm/test $(KERNELS:%=-k %)

lab: ## each loss of a textbook staged, measured, explained: SCENARIO=fin-lost KERNEL=6.12 for one in full
	@tests/deps build vm
	@tests/lab/run $(if $(KERNEL),-k $(KERNEL),$(KERNELS:%=-k %)) $(SCENARIO)

lab-random: ## N connections that lose segments by chance: explain must say which; SEED=1 N=200 KERNEL=6.12
	@tests/deps build vm
	@tests/lab/random $(if $(KERNEL),-k $(KERNEL),$(KERNELS:%=-k %)) $(if $(SEED),--seed $(SEED)) $(if $(N),-n $(N))

lab-mutate: ## takes each loss of the lab away, or loses another segment: each must be noticed
	@tests/deps build vm
	@tests/lab/run --mutate -k $(or $(KERNEL),6.1) $(SCENARIO)

test-sanitize: ## the module on two processors at once, in a kernel with KASAN and lockdep
	@tests/deps build vm kunit
	@tests/sanitize/run

test-storm: ## connections of every kind on two CPUs, in each preemption mode of each kernel: an hour; KERNEL=7.2
	@tests/deps build vm
	@tests/storm/run $(if $(KERNEL),-k $(KERNEL),$(KERNELS:%=-k %))

test-soak: ## a million connections that end by RST, on two CPUs: lives, memory and the time of ls stay: N=3000000 KERNEL=6.12
	@tests/deps build vm
	@tests/storm/soak $(if $(KERNEL),-k $(KERNEL)) $(if $(N),-n $(N))

bench: ## what the recorder costs a connection, and a list of 200,000 sockets, beside ss; KERNEL=6.12 BENCH=profile
	@tests/deps build vm
	@tests/bench/run $(if $(KERNEL),-k $(KERNEL)) $(BENCH)

clean: ## what was built here; the cache of kernels stays
	rm -rf $(build)
	find kmod -name '*.o' -o -name '*.ko' -o -name '*.mod*' -o -name '.*.cmd' | xargs rm -f
	rm -f modules.order Module.symvers .*.cmd
