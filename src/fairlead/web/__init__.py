"""Pages for people: layout, components, charts. Complete without JavaScript."""
