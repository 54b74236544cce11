# maillog-tools: build, try, test, install. `make` alone lists what there is.

PREFIX = /usr/local
DESTDIR =
CARGO = cargo
.DEFAULT_GOAL = help

# A package (PREFIX=/usr) puts zsh completions where Debian's packages do; anyone else into the
# directory that every zsh searches.
ZSH_COMPLETIONS = $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
BASH_COMPLETIONS = $(PREFIX)/share/bash-completion/completions
FISH_COMPLETIONS = $(PREFIX)/share/fish/vendor_completions.d
MAN = $(PREFIX)/share/man
DOC = $(PREFIX)/share/doc/maillog-tools
DOCS = README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE
# what packages add
NOTICES ?=

TARGET = $(or $(CARGO_TARGET_DIR),$(CARGO_BUILD_TARGET_DIR),target)
# Binaries with the C library in them start in three quarters of the time, where there is a libc.a;
# `make STATIC=` leaves it out. Cargo keeps what is built for a named host apart, and so builds what
# it runs itself, which can't be static, as ever.
HOST = $(or $(CARGO_BUILD_TARGET),$(shell rustc --print host-tuple))
STATIC = $(if $(findstring /,$(shell cc -print-file-name=libc.a)),-C target-feature=+crt-static)
FLAGS = $(if $(STATIC),--config 'target.$(HOST).rustflags = "$(STATIC)"')

# `make install BIN=FOLDER` takes binaries from there; otherwise they are built first.
ifndef BIN
BIN = $(TARGET)/$(HOST)/release
install bench bench-guard scale demo deb rpm dist: build
endif
# `make bench BENCH='16 3 labels'`: megabytes, rounds, jobs.
BENCH =

# `make bench-guard GUARD=record`: takes the counts of today as those to hold.
GUARD =

# `make scale SCALE='64 64 2048'`: how many files, the megabytes of each, and those of a large one.
SCALE =

# `make fuzz FUZZ_SECONDS=600 FUZZ='stamp prefix'`: how long each target runs, and which do.
FUZZ_SECONDS = 60
FUZZ =

TOOLS = $(notdir $(wildcard tools/*))

help:
	@echo 'make demo     build, and run the nightly traffic job on captured logs'
	@echo 'make test     install the programs the tests compare with, then run every check'
	@echo '              (one tool, in seconds: cargo test -p maillog-tests NAME)'
	@echo 'make bench    measure the tools against the programs they replace'
	@echo 'make bench-guard  do the inner loops take as few instructions as recorded?'
	@echo 'make scale    make one bill by one process, by GNU parallel, by ssh and by Apache Spark'
	@echo 'make fuzz     look for inputs that break a parser (needs Rust nightly)'
	@echo 'make build    build the binaries into $(BIN)'
	@echo 'make install  DESTDIR=$(DESTDIR) PREFIX=$(PREFIX): binaries, manuals, completions, examples'
	@echo 'make uninstall  removes what install puts there, and nothing else'
	@echo 'make deb, rpm, dist  packages and a tar into $(TARGET): packaging/README.md'
	@echo 'make release-check  is all ready for a release?'

demo:
	@BIN=$(abspath $(BIN)) sh tests/demo/nightly.sh

test:
	@sh tests/peers.sh
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) test --workspace
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps

bench:
	@sh tests/bench/peers.sh $(abspath $(TARGET))/bench/tools
	@BIN=$(abspath $(BIN)) sh tests/bench/run.sh $(BENCH)

bench-tables:
	@sh tests/bench/tables.sh $(abspath $(TARGET))/bench

bench-guard:
	@BIN=$(abspath $(BIN)) sh tests/bench/guard.sh $(GUARD)

scale:
	@sh tests/scale/peers.sh $(abspath $(TARGET))/scale/venv
	@BIN=$(abspath $(BIN)) bash tests/scale/run.sh $(SCALE)

fuzz:
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh tests/fuzz/run.sh $(FUZZ)

build:
	@[ -e $(BIN)/$(firstword $(TOOLS)) ] || echo 'building: the first time takes some minutes'
	$(CARGO) build --release --workspace --bins --target $(HOST) $(FLAGS)

install:
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(MAN)/man1 $(MAN)/man7 $(DOC)/examples \
		$(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS))
	install -m 755 $(addprefix $(BIN)/,$(TOOLS)) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(DESTDIR)$(MAN)/man1
	install -m 644 man/*.7 $(DESTDIR)$(MAN)/man7
	install -m 644 completions/bash/* $(DESTDIR)$(BASH_COMPLETIONS)
	install -m 644 completions/zsh/* $(DESTDIR)$(ZSH_COMPLETIONS)
	install -m 644 completions/fish/* $(DESTDIR)$(FISH_COMPLETIONS)
	install -m 644 $(DOCS) $(NOTICES) $(DESTDIR)$(DOC)
	cp -R examples/. $(DESTDIR)$(DOC)/examples

# `make -n` runs a line that has make's own name in it; so it has not.
AGAIN = $(MAKE)

uninstall:
	@MAKE='$(AGAIN)' DESTDIR='$(DESTDIR)' DOC='$(DOC)' sh packaging/uninstall.sh

# Each takes the binaries of BIN, as install does.
deb rpm dist:
	@MAKE='$(AGAIN)' CARGO='$(CARGO)' BIN='$(abspath $(BIN))' HOST='$(HOST)' STATIC='$(STATIC)' \
		sh packaging/$@.sh '$(abspath $(TARGET))/$@'

release-check:
	@sh packaging/release-check.sh
	$(CARGO) test -p maillog-tests --test packages

.PHONY: help demo test bench bench-tables bench-guard scale fuzz build install uninstall deb rpm dist release-check
