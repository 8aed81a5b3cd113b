"""Makes ONNX files and rows of the manifest of models that others have trained: behind `tools/export`."""
