# make build   what likeness needs, and .build/release/likeness
# make test    all tests
# make demo    a photograph to an avatar, a contact sheet and a video, in out/
# make format  formats the sources in place
# make lint    fails where the sources are not formatted

LIKENESS = .build/release/likeness
SOURCES = Sources Tests Package.swift
# Tests are built with other flags than the program: apart, neither undoes the other's work.
TEST_FLAGS = -c release -Xswiftc -enable-testing --scratch-path .build/tests

.PHONY: build test demo format lint bootstrap

build: bootstrap
	swift build -c release
	@$(LIKENESS) doctor --quiet || echo "likeness doctor: the above is missing or too small."

test: bootstrap
	swift test $(TEST_FLAGS)

demo: build
	mkdir -p out
	cp .deps/skimage/data/astronaut.png out/astronaut.png
	$(LIKENESS) create out/astronaut.png -o out/astronaut.likeness \
		--sheet out/astronaut-sheet.png --overwrite
	$(LIKENESS) animate out/astronaut.likeness --motion tour -o out/astronaut.mp4 --overwrite
	@echo "See out/astronaut-sheet.png and out/astronaut.mp4."

format:
	swift format --in-place --parallel --recursive $(SOURCES)

lint:
	swift format lint --strict --parallel --recursive $(SOURCES)

bootstrap:
	@scripts/bootstrap
