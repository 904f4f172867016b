def write_tables(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("/* placeholder */\n")
