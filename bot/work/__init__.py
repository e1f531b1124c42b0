"""The jobs, one module a kind: ``KIND``, ``run(store, job, now)`` and, where nothing else plans it, ``plan``."""
