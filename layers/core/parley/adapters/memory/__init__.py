"""Every port in memory: for fast tests, and as the model that the real adapters are held against.

They pass the same contract suite as the real ones, and are safe to share between threads.
"""
