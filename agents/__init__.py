"""Who plays: policies and learners, one a file, all answering the one question of :class:`olivebranch.envs.Policy`."""
