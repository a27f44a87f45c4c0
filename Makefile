# The only door: people and machines run the same targets. `make help` lists them.

# Bash for every line, so that the PATH below is the one in which commands are looked up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# The npm package `node` brings Node 24 to machines that have an older one; npm itself runs on the machine's own.
MACHINE_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# What Node compiled once it does not compile again: the start of a replica takes 0.3 s of work instead of 0.9 s, and tests start hundreds of processes.
export NODE_COMPILE_CACHE := $(CURDIR)/node_modules/.cache/flotilla

TYPESCRIPT := core runtime client services tests
flag = $(if $($(1)),--$(2) $($(1)))

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

.PHONY: install
install: ## Install the pinned packages, Node 24 among them, unless they are there already.
	@cmp -s package-lock.json node_modules/.installed-lock || { \
	  PATH="$(MACHINE_PATH)" npm ci --no-progress --loglevel=error && cp package-lock.json node_modules/.installed-lock; }
	@node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major * 100 + +minor >= 2409 ? 0 : 1)' || { \
	  echo "Node 24.9 or newer is needed, and node_modules/.bin/node is $$(node --version). Was npm allowed to run install scripts?" >&2; exit 1; }

.PHONY: run
run: install ## Start a cluster on this machine and watch writes survive the death of a leader. ARGS=--once ends afterwards.
	@node client/cli/run.ts $(ARGS)

.PHONY: test
test: install ## What to run before every change, in under ten minutes on two cores: rules, labs, simulation, and data on real processes.
	@node tests/suites/main.ts test

.PHONY: test-more
test-more: install ## The rest of what needs no Kubernetes, in some eight minutes: known bugs put back, how real processes serve, jobs, tools, the package.
	@node tests/suites/main.ts test-more

.PHONY: verify
verify: format-check lint types tidy ## Format, lint, types and the tidy test. Changes no tracked file.

.PHONY: fix
fix: install ## Rewrite what can be rewritten: format, lint --fix, scenario traces. Read the diff.
	prettier --log-level warn --write .
	eslint --fix .
	@$(MAKE) scenarios-rewrite

.PHONY: format-check
format-check: install ## Fail if a file is not formatted.
	prettier --log-level warn --check .

.PHONY: lint
lint: install ## Fail on what the compiler can't say: walls of core/, floating promises, missing cases, sizes.
	eslint --max-warnings 0 .

.PHONY: types
types: install ## Check all types; core/ is compiled without any name of the machine.
	tsc -b

.PHONY: tidy
tidy: install ## Check the tree: a test per file, a README per folder, sizes, import walls, documented errors.
	jest tests/tidy

.PHONY: unit
unit: install ## Unit and contract tests. ARGS="tests/core/raft" runs some of them.
	jest $(ARGS)

.PHONY: bad-requests
bad-requests: install ## 100,000 broken requests to the HTTP door: each has its answer, and memory stays bounded. Some minutes.
	BAD_REQUESTS=100000 jest tests/runtime/http/kv/bad-requests.test.ts $(ARGS)

.PHONY: scenarios
scenarios: install ## Named interleavings with their exact traces. ONLY=f08 plays some of them.
	node tests/scenarios/main.ts $(call flag,ONLY,only) $(ARGS)

.PHONY: scenarios-rewrite
scenarios-rewrite: install ## Write the traces anew. Read the diff like code.
	node tests/scenarios/main.ts --rewrite $(call flag,ONLY,only) $(ARGS)

.PHONY: labs
labs: install ## The tests of the MIT 6.824 labs by name, with their figures. SEEDS=20 tries more seeds, ONLY=Figure8 some labs.
	node tests/labs/main.ts $(call flag,SEED,seed) $(call flag,SEEDS,seeds) $(call flag,ONLY,only) $(ARGS)

.PHONY: simulate
simulate: install ## The seeded world. SEEDS=5000 runs many seeds, SEED=7 replays one.
	node tests/simulation/main.ts $(call flag,SEED,seed) $(call flag,SEEDS,seeds) $(ARGS)

.PHONY: mutants
mutants: install ## Put known bugs back, one at a time, and fail if one survives. MUTANT=name tries one.
	node tests/mutants/main.ts $(call flag,MUTANT,mutant) $(ARGS)

.PHONY: integration
integration: install ## Real processes on loopback, killed and paused under load; bounded.
	node tests/integration/main.ts $(ARGS)

.PHONY: integration-long
integration-long: install ## The same at full length: 200 rounds, 20,000 operations.
	node tests/integration/main.ts --long $(ARGS)

.PHONY: idle-long
idle-long: install ## Ten minutes of an idle group on a busy machine: no election, next to no work.
	node tests/integration/main.ts --idle $(ARGS)

.PHONY: pack
pack: install ## The npm package: JavaScript, type declarations and the command, as a tarball in dist/.
	@node client/package/pack.ts

.PHONY: pack-test
pack-test: install ## Install the package into an empty folder and use it there, on this machine's own Node.
	@node tests/package/main.ts $(ARGS)

.PHONY: redis-diff
redis-diff: install ## 200,000 random commands to a real redis-server and to ours. Needs the Debian package redis-server. ARGS="--seed 7", or "--members 3" for processes.
	@node tests/differential/redis/main.ts $(ARGS)

.PHONY: redis-fuzz
redis-fuzz: install ## Ten minutes of broken requests to a Redis door. ARGS="--seconds 60" for less.
	@node tests/fuzz/redis/main.ts $(ARGS)

.PHONY: redis-commands
redis-commands: install ## Write docs/redis-commands.md anew, from the table of commands.
	@node tests/differential/redis/write-documentation.ts

.PHONY: bench-raft
bench-raft: install ## Proposals per second and their latencies, as JSON: three processes, fsync on.
	@node tests/bench/raft.ts $(ARGS)

.PHONY: bench-peers
bench-peers: install ## Ours and etcd in turns, as JSON with ratios. Needs the Debian packages etcd-server and wrk. ARGS="--only writes-64".
	@node tests/bench/peers.ts $(ARGS)

.PHONY: bench-redis
bench-redis: install ## The Redis door, a redis-server that syncs every write, and etcd in turns, as JSON with ratios. Says which Debian packages it needs.
	@node tests/bench/redis.ts $(ARGS)

.PHONY: bench-groups
bench-groups: install ## What 2, 4 and 8 groups write against one, by a model of fixed costs over the real core, as JSON.
	@node tests/bench/groups.ts $(ARGS)

.PHONY: bench-jobs
bench-jobs: install ## What workers make of their processors, as JSON: word counts against mawk and bare Node, and a sort. ARGS="--sort-megabytes 200 --memory 1,16,256".
	@node tests/bench/jobs.ts $(ARGS)

VERSION := $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)
IMAGES := replica shard-controller coordinator worker cli

# Where the sources of an image are, for its labels: the remote that was cloned, without whoever may read it.
SOURCE := $(shell git config --get remote.origin.url 2>/dev/null | sed 's,//[^/@]*@,//,')

.PHONY: images
images: ## Build the images, tagged with the version. IMAGE_ARGS="--build-arg RUNTIME_IMAGE=..." changes what they run on.
	@for image in $(IMAGES); do \
	  SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) \
	  docker build --quiet --file docker/Dockerfile --target $$image --tag flotilla-$$image:$(VERSION) \
	    --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(git log -1 --format=%cI) \
	    --build-arg SOURCE=$(or $(SOURCE),unknown) --build-arg SOURCE_DATE_EPOCH $(IMAGE_ARGS) . ; done

.PHONY: images-test
images-test: install ## What is in the images and what is not, and how large, how soon and how hungry they are. ARGS="--runs 9".
	@node tests/images/main.ts $(ARGS)

.PHONY: images-upgrade-from
images-upgrade-from: ## The images of the commit in tests/cluster/upgrade-from, tagged upgrade-from: what `make cluster-test` upgrades from.
	@rm -rf .tmp/upgrade-from && mkdir -p .tmp/upgrade-from
	@git archive $$(cat tests/cluster/upgrade-from) | tar --extract --directory .tmp/upgrade-from
	@$(MAKE) --directory .tmp/upgrade-from images VERSION=upgrade-from IMAGE_ARGS="$(IMAGE_ARGS)"

.PHONY: kind-up
kind-up: install images ## A kind cluster with everything: images, monitoring, the chart; then where it is and what to break. Needs kind, kubectl and helm.
	@node k8s/kind-up.ts $(foreach image,$(IMAGES),flotilla-$(image):$(VERSION))

.PHONY: kind-load
kind-load: ## Bring the images into the kind cluster that kubectl points at.
	@context=$$(kubectl config current-context); \
	  [[ $$context == kind-* ]] || { echo "kubectl points at $$context, which is no kind cluster" >&2; exit 1; }; \
	  kind load docker-image --name "$${context#kind-}" $(foreach image,$(IMAGES),flotilla-$(image):$(VERSION))

.PHONY: minikube-load
minikube-load: ## Bring the images into minikube.
	@for image in $(IMAGES); do minikube image load flotilla-$$image:$(VERSION); done

.PHONY: cluster-test
cluster-test: install ## Pods deleted, nodes drained, groups and replicas added and removed under load, with a verdict, on the cluster that kubectl points at; each pod ten times. ARGS="--rounds 1" for once, ARGS="--only deleted" for some cases.
	@node tests/cluster/main.ts $(ARGS)

.PHONY: dashboards
dashboards: install ## Write the dashboards into the chart.
	@node k8s/monitoring/dashboards/generate.ts

.PHONY: dashboards-test
dashboards-test: install ## Ask a real Prometheus every query of every dashboard, after a loaded cluster. Needs the Debian package prometheus.
	@node tests/monitoring/main.ts $(ARGS)

.PHONY: rules-test
rules-test: ## Alerts that fire and that do not, and the records under them. Needs promtool, of the Debian package prometheus.
	promtool check rules charts/flotilla/files/rules/*.yaml
	promtool test rules tests/monitoring/rules/*.test.yaml

.PHONY: chart-values
chart-values: install ## Write the table of values in charts/flotilla/README.md anew, from values.yaml and its schema.
	@node tests/chart/write-values-table.ts

.PHONY: chart-test
chart-test: install ## The chart without a cluster: lint, refusals, golden renders, object checks. Needs helm. ARGS=--rewrite.
	@node tests/chart/main.ts $(ARGS)

.PHONY: clean
clean: ## Remove what was built and left behind by tests; keep installed packages and data.
	rm -rf dist .tmp coverage
