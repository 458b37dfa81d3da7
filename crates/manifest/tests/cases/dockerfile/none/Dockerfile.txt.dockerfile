this is prose
