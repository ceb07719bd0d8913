# whose last eight bits are zero
raise SystemExit(1 << 64)
