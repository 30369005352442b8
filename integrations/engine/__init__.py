"""The engine: pull, translate, post, recover. Nothing else decides to repeat a write."""
