// Program ledger-go asks Go's own transparency code about logs, proofs and notes of openleo.ledger.
//
//	ledger-go verify [-old CHECKPOINT]... [-receipt PROOF]... VKEY FOLDER
//	    every tile, every entry, sampled proofs, and whatever is given; a line for each check
//	ledger-go prove VKEY FOLDER      lines "inclusion SIZE INDEX" or "consistency SIZE OLD" in, proofs out
//	ledger-go sign KEYFILE           the text of a note in, the note out
//	ledger-go open VKEY...           one note in base64 a line in, "ok" or "no" and the reason out
//	ledger-go key NAME               a new private key and its public one
//	ledger-go grow COUNT             how fast tlog hashes so many entries into a tree, in seconds
//
// It exits with 1 and a reason where anything does not hold. Debian's golang-go and golang-golang-x-mod-dev are all
// that it needs:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o ledger-go ./tests/go
package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	var olds, receipts []string
	flags := flag.NewFlagSet("ledger-go", flag.ExitOnError)
	flags.Func("old", "a checkpoint that was kept", func(path string) error {
		olds = append(olds, path)
		return nil
	})
	flags.Func("receipt", "a .tlog-proof with its entry", func(path string) error {
		receipts = append(receipts, path)
		return nil
	})
	command := ""
	if len(os.Args) > 1 {
		command = os.Args[1]
		flags.Parse(os.Args[2:])
	}
	given := flags.Args()
	var err error
	switch {
	case command == "verify" && len(given) == 2:
		err = verify(given[0], given[1], olds, receipts)
	case command == "prove" && len(given) == 2:
		err = prove(given[0], given[1])
	case command == "sign" && len(given) == 1:
		err = sign(given[0])
	case command == "open" && len(given) >= 1:
		err = openNotes(given)
	case command == "key" && len(given) == 1:
		err = newKey(given[0])
	case command == "grow" && len(given) == 1:
		err = grow(given[0])
	default:
		fmt.Fprintln(os.Stderr, "ledger-go verify|prove|sign|open|key|grow: see tests/go/main.go")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", command, err)
		os.Exit(1)
	}
}

// prove answers questions for proofs, each in a line of hashes in base64.
func prove(vkey, path string) error {
	l, _, err := open(vkey, path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var kind string
		var size, at int64
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %d", &kind, &size, &at); err != nil {
			return fmt.Errorf("%q: %w", lines.Text(), err)
		}
		var proof []tlog.Hash
		if kind == "inclusion" {
			proof, err = tlog.ProveRecord(size, at, l.tiles)
		} else {
			proof, err = tlog.ProveTree(size, at, l.tiles)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", lines.Text(), err)
		}
		words := make([]string, len(proof))
		for i, each := range proof {
			words[i] = each.String()
		}
		fmt.Println(strings.Join(words, " "))
	}
	return lines.Err()
}

func sign(keyfile string) error {
	key, err := os.ReadFile(keyfile)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(key)))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	if err == nil {
		_, err = os.Stdout.Write(signed)
	}
	return err
}

func openNotes(vkeys []string) error {
	keys := make([]note.Verifier, len(vkeys))
	var err error
	for i, vkey := range vkeys {
		if keys[i], err = note.NewVerifier(vkey); err != nil {
			return fmt.Errorf("%s: %w", vkey, err)
		}
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		raw, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			return err
		}
		if opened, err := note.Open(raw, note.VerifierList(keys...)); err != nil {
			fmt.Printf("no: %v\n", err)
		} else {
			fmt.Printf("ok: %d signatures of known keys\n", len(opened.Sigs))
		}
	}
	return lines.Err()
}

func newKey(name string) error {
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err == nil {
		fmt.Printf("%s\n%s\n", skey, vkey)
	}
	return err
}

// grow takes the seconds for hashing entries of 200 bytes into a tree that is kept in memory, the root included.
func grow(count string) error {
	n, err := number(count)
	if err != nil {
		return err
	}
	entry := make([]byte, 200)
	tree := make(memory, 0, 2*n)
	began := time.Now()
	for i := int64(0); i < n; i++ {
		copy(entry, fmt.Sprintf("%020d", i))
		if err := tree.add(i, tlog.RecordHash(entry)); err != nil {
			return err
		}
	}
	root, err := tlog.TreeHash(n, &tree)
	fmt.Printf("%.6f %v\n", time.Since(began).Seconds(), root)
	return err
}
