# C++ inside kbuild. Flags are the kernel's own for this very kernel ($(c_flags)), less those that are
# for C, for kernel headers (C++ includes none) or for ftrace, and what keeps C++ without a run time.
# Functions stay in one piece: objtool does not find what a .cold part belongs to when the name is
# longer than 128 characters, as those of templates are.
cxx := $(if $(shell command -v ccache),ccache) $(patsubst %gcc-12,%g++-12,$(CC))
cxx-not := -nostdinc -std=gnu11 -Wundef -fshort-wchar -ffreestanding -Wvla -Wdeclaration-after-statement \
	-Wno-declaration-after-statement -Wno-pointer-sign -Werror=strict-prototypes -Werror=implicit-function-declaration \
	-Werror=implicit-int -Werror=incompatible-pointer-types -Werror=designated-init \
	-Wmissing-prototypes -Wold-style-definition -mrecord-mcount -pg -mfentry
cxx-flags = $(filter-out $(cxx-not) -I% -include -D% %.h -Wp%,$(c_flags)) -std=c++20 -fno-exceptions -fno-rtti \
	-fno-threadsafe-statics -fno-use-cxa-atexit -fno-unwind-tables -fno-gnu-unique -nostdlib -fno-reorder-blocks-and-partition \
	$(if $(CONFIG_KASAN),--param asan-globals=0) -I$(src)/tree

# tree/vrouter-core/pipeline/arp.cc becomes vrouter-core.pipeline.arp.cxx.o: kbuild wants objects here.
cxx-sources := $(sort $(patsubst $(src)/tree/%,%,$(wildcard $(src)/tree/vrouter-core/*/*.cc))) netns-lab/kernel/core.cc
cxx-object = $(subst /,.,$(1:.cc=)).cxx.o
cxx-objects := $(foreach source,$(cxx-sources),$(call cxx-object,$(source)))

quiet_cmd_cxx = CXX [M]  $@
      cmd_cxx = $(cxx) -Wp,-MMD,$(depfile) $(cxx-flags) -c -o $@ $<
define cxx-rule
$(obj)/$(call cxx-object,$(1)): $(src)/tree/$(1) FORCE
	$$(call if_changed_dep,cxx)
endef
$(foreach source,$(cxx-sources),$(eval $(call cxx-rule,$(source))))

# One relocatable object: what templates and inline functions leave in several objects is folded into
# one, and objtool looks at the whole, once.
quiet_cmd_cxxall = LD [M]   $@
      cmd_cxxall = $(LD) -r -m elf_x86_64 --force-group-allocation -z noexecstack -T $(src)/cxx.lds -o $@ \
	$(filter %.o,$(real-prereqs)) $(if $(and $(CONFIG_OBJTOOL),$(objtool-enabled)),; $(objtool) $(objtool-args) --link $@)
$(obj)/cxxall.o: $(addprefix $(obj)/,$(cxx-objects)) $(src)/cxx.lds FORCE
	$(call if_changed,cxxall)
targets += cxxall.o $(cxx-objects)
