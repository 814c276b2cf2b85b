"""The known equilibria of any game: in closed form, enumerated, or found numerically; and how far play is from them."""
