# Sugar: every word is dev.py's own.
.PHONY: run test setup check bench lock
run test setup check bench lock:
	@python3 dev.py $@
