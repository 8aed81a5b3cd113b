"""What is seen: bodies, clothes, stadium, light and lens, drawn with who covers each pixel."""
