"""Benchmarks, and what each part of the plan must show. Figures are JSON."""
