package db

// ReadOnlyExec tries to write over a connection that only reads.
func ReadOnlyExec(d *DB, query string) error {
	_, err := d.reader.Exec(query)
	return err
}
