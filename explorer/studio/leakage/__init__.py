"""What an embedding gives away besides identity."""
