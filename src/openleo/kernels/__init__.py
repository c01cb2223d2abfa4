"""The only Numba: floats and arrays in and out; every kernel has a slow twin in plain NumPy in the tests."""
