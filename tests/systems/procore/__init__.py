"""What Procore is asked and what its answers become."""
