"""What learners do in signalling games that human beings have played, beside theory and beside them."""
