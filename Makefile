# maillog-tools: build, try, test, install. `make` alone lists what there is.

PREFIX = /usr/local
DESTDIR =
CARGO = cargo
.DEFAULT_GOAL = help

# A package (PREFIX=/usr) puts zsh completions where Debian's packages do; anyone else into the
# folder that every zsh searches.
ZSH_COMPLETIONS = $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
BASH_COMPLETIONS = $(PREFIX)/share/bash-completion/completions
FISH_COMPLETIONS = $(PREFIX)/share/fish/vendor_completions.d
MAN = $(PREFIX)/share/man
DOC = $(PREFIX)/share/doc/maillog-tools

# `make install BIN=FOLDER` takes binaries from there; otherwise they are built first.
ifndef BIN
BIN = $(or $(CARGO_TARGET_DIR),$(CARGO_BUILD_TARGET_DIR),target)/release
install: build
endif

TOOLS = $(notdir $(wildcard tools/*))

help:
	@echo 'make demo     build, and run the nightly traffic job on captured logs'
	@echo 'make test     install the programs the tests compare with, then run every check'
	@echo 'make bench    measure the tools against the programs they replace'
	@echo 'make build    build the binaries into target/release'
	@echo 'make install  DESTDIR=$(DESTDIR) PREFIX=$(PREFIX): binaries, manuals, completions'

demo:
	@sh tests/demo/nightly.sh

test:
	@sh tests/peers.sh
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) test --workspace
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps

bench:
	@sh tests/bench/run.sh

build:
	$(CARGO) build --release --workspace --bins

install:
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(MAN)/man1 $(MAN)/man7 $(DOC) \
		$(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS))
	install -m 755 $(addprefix $(BIN)/,$(TOOLS)) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(DESTDIR)$(MAN)/man1
	install -m 644 man/*.7 $(DESTDIR)$(MAN)/man7
	install -m 644 completions/bash/* $(DESTDIR)$(BASH_COMPLETIONS)
	install -m 644 completions/zsh/* $(DESTDIR)$(ZSH_COMPLETIONS)
	install -m 644 completions/fish/* $(DESTDIR)$(FISH_COMPLETIONS)
	install -m 644 README.md CHANGELOG.md LICENSE $(DESTDIR)$(DOC)

.PHONY: help demo test bench build install
