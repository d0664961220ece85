package mail

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/link"
)

func TestWithoutAServerEachMailIsAFileForTheOwnerAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w, log := hire(t, conn, nil)
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, Reset, id, "")
		add(t, conn, PasswordChanged, id, "")
		next(t, w, noon)
		next(t, w, noon)
		files, err := os.ReadDir(w.o.Folder)
		if err != nil || len(files) != 2 {
			t.Fatalf("files = %v, %v", files, err)
		}
		folder, err := os.Stat(w.o.Folder)
		if err != nil || folder.Mode().Perm() != 0o700 {
			t.Errorf("the folder is %v, %v", folder.Mode(), err)
		}
		for i, kind := range []string{"password_changed", "reset"} {
			name := regexp.MustCompile(`^20260304T120000Z-` + kind + `-[a-z2-7]{8}\.eml$`)
			info, err := files[i].Info()
			if err != nil || info.Mode() != 0o600 || !name.MatchString(info.Name()) {
				t.Errorf("file %d is %s %v, %v", i, info.Name(), info.Mode(), err)
			}
			if path := filepath.Join(w.o.Folder, info.Name()); !strings.Contains(log.String(), "to="+path+"\n") {
				t.Errorf("the log lacks %s:\n%s", path, log)
			}
		}
		data, err := os.ReadFile(filepath.Join(w.o.Folder, files[1].Name()))
		if err != nil {
			t.Fatal(err)
		}
		token := tokenOf(t, read(t, string(data)))
		if !strings.Contains(string(data), "\nhttps://auth.acme.example/reset?token="+token+"\n") {
			t.Errorf("the link cannot be copied out of the file:\n%s", data)
		}
		if _, err := link.In(conn).Find(t.Context(), token, noon, link.Reset); err != nil {
			t.Errorf("the link: %v", err)
		}
		if strings.Contains(log.String(), token) {
			t.Errorf("the token is in the log:\n%s", log)
		}
	})
}

func TestAFolderThatCannotBeWrittenIsTriedAgain(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	w, log := hire(t, conn, nil)
	if err := os.WriteFile(w.o.Folder, nil, 0o600); err != nil { // a file in its place
		t.Fatal(err)
	}
	add(t, conn, PasswordChanged, enrol(t, conn, "ann@example.com"), "")
	next(t, w, noon)
	if len(waiting(t, conn)) != 1 || !strings.Contains(log.String(), "it is tried again") {
		t.Errorf("%q is left, and the log says\n%s", waiting(t, conn), log)
	}
}
