"""The ground under the processes: environment, embedded servers, supervisor.

Standard library only, and nothing of the product is imported: it starts fast and works before `.venv` exists.
"""
