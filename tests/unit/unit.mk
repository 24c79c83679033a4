# SPDX-License-Identifier: GPL-2.0
# The unit tests of the command: built with sanitizers, without the recorder, run one after the other.

unit_dir   := $(build)/unit
unit_tests := $(patsubst tests/unit/test_%.c,$(unit_dir)/test_%,$(wildcard tests/unit/test_*.c))
# What needs libbpf and the skeleton, or enters namespaces, is replaced by no_bpf.c; main() and the commands make the command below.
unit_bpf   := $(wildcard user/source/recorder*.c) \
	$(patsubst %,user/source/%.c,map_bytes namespaces namespaces_each sock_diag reset_reason netns_read) \
	user/snapshot/tap.c user/cmd/cmd_trace.c user/cmd/cmd_attach.c
unit_cmd   := user/main.c $(filter-out $(unit_bpf),$(wildcard user/cmd/cmd_*.c))
unit_src   := $(filter-out $(unit_bpf) $(unit_cmd),$(wildcard user/*/*.c))
unit_obj   := $(patsubst %.c,$(unit_dir)/%.o,$(unit_src) tests/unit/no_bpf.c tests/unit/canned_source.c tests/unit/reader.c tests/unit/rows.c tests/unit/stories.c)
# The module's pure code, as user space has it.
pure_obj   := $(patsubst %.c,$(unit_dir)/%.o,$(wildcard kmod/timers.c kmod/prognosis*.c kmod/wheel.c))
cmd_objs   := $(patsubst %.c,$(unit_dir)/%.o,$(unit_cmd))
unit_flags := -std=gnu11 -O1 -g -D_GNU_SOURCE -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
unit_libs  := smartcols json-c

$(unit_dir)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(unit_flags) $(WARNINGS) -DTCPSCOPE_VERSION='"$(VERSION)"' -DGOLDEN='"$(CURDIR)/tests/unit/golden"' \
		-MMD -MP -Ikmod/uapi -Iuser -Itests/unit $(shell pkg-config --cflags $(unit_libs)) -c $< -o $@

$(unit_dir)/test_%: $(unit_dir)/tests/unit/test_%.o $(unit_obj)
	$(CC) $(unit_flags) -o $@ $^ -lcmocka -lm $(shell pkg-config --libs $(unit_libs))

$(unit_dir)/test_doctor $(unit_dir)/test_doctor_state: $(unit_dir)/tests/unit/patient.o
$(unit_dir)/test_prognosis: $(pure_obj) $(unit_dir)/tests/unit/wait.o

# The command itself, with sanitizers, and a program that writes what it is given to read.
$(unit_dir)/tcpscope: $(cmd_objs) $(unit_obj)
	$(CC) $(unit_flags) -o $@ $^ $(shell pkg-config --libs $(unit_libs))

$(unit_dir)/canned $(unit_dir)/is_json: $(unit_dir)/%: $(unit_dir)/tests/unit/%.o $(unit_obj)
	$(CC) $(unit_flags) -o $@ $^ $(shell pkg-config --libs $(unit_libs))

-include $(unit_obj:.o=.d) $(pure_obj:.o=.d) $(cmd_objs:.o=.d) $(unit_tests:$(unit_dir)/%=$(unit_dir)/tests/unit/%.d) \
	$(patsubst %,$(unit_dir)/tests/unit/%.d,canned is_json patient wait)

.SECONDARY:
.PHONY: test-unit
test-unit: ## unit tests of the command
	@tests/deps unit
	@$(MAKE) -s --no-print-directory $(unit_tests) $(unit_dir)/tcpscope $(unit_dir)/canned $(unit_dir)/is_json
	@tests/unit/run $(unit_dir)
