"""The data set that is made of what held of other people's data (`rl_real`), and its place in a build's."""
