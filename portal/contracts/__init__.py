"""What the provider sells, which establishment has it, and who bears which requirement."""
