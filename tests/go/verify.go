// Checks a log of openleo.ledger with code that this project did not write: golang.org/x/mod/sumdb/note and
// sumdb/tlog, the client of Go's own checksum database. See main.go for how it is called.

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// folder is a log on disk, as a reader of tiles for tlog: Go names a tile tile/8/<L>/<N>, C2SP drops the 8.
type folder struct {
	path      string
	read      map[tlog.Tile][]byte
	confirmed map[tlog.Tile]bool
}

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		if f.read[tile] == nil {
			raw, err := os.ReadFile(filepath.Join(f.path, pathOf(tile)))
			if err != nil {
				return nil, err
			}
			if len(raw) != tile.W*tlog.HashSize {
				return nil, fmt.Errorf("%s: %d bytes; %d hashes are due", pathOf(tile), len(raw), tile.W)
			}
			f.read[tile] = raw
		}
		data[i] = f.read[tile]
	}
	return data, nil
}

func (f folder) SaveTiles(tiles []tlog.Tile, _ [][]byte) {
	for _, tile := range tiles {
		f.confirmed[tile] = true
	}
}

func pathOf(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

func bundleOf(tile tlog.Tile) string {
	return strings.Replace(pathOf(tile), "tile/0/", "tile/entries/", 1)
}

// rows gives the tiles of a level that has so many hashes, or its bundles: full ones, and a partial one last.
func rows(level int, hashes int64) []tlog.Tile {
	var tiles []tlog.Tile
	for n := int64(0); n*width < hashes; n++ {
		w := hashes - n*width
		if w > width {
			w = width
		}
		tiles = append(tiles, tlog.Tile{H: height, L: level, N: n, W: int(w)})
	}
	return tiles
}

// checkpoint opens a signed checkpoint by the key of its log.
func checkpoint(raw []byte, key note.Verifier) (tlog.Tree, *note.Note, error) {
	opened, err := note.Open(raw, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != key.Name() {
		return tlog.Tree{}, nil, fmt.Errorf("it is no checkpoint of %s", key.Name())
	}
	size, err := number(lines[1])
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	root, err := hash(lines[2])
	return tlog.Tree{N: size, Hash: root}, opened, err
}

func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%q is no size or index", text)
	}
	return n, nil
}

func hash(text string) (tlog.Hash, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	var found tlog.Hash
	if err != nil || copy(found[:], raw) != len(raw) || len(raw) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("%q is no hash", text)
	}
	return found, nil
}

// memory is a tree made of entries alone, without their tiles.
type memory []tlog.Hash

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		found[i] = (*m)[at]
	}
	return found, nil
}

func (m *memory) add(n int64, leaf tlog.Hash) error {
	grown, err := tlog.StoredHashesForRecordHash(n, leaf, m)
	*m = append(*m, grown...)
	return err
}

// log is a log that is being checked.
type log struct {
	folder folder
	key    note.Verifier
	tree   tlog.Tree
	tiles  tlog.HashReader
	grown  memory
	leaf   []tlog.Hash
}

func open(vkey, path string) (*log, *note.Note, error) {
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, nil, err
	}
	raw, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return nil, nil, err
	}
	tree, opened, err := checkpoint(raw, key)
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint: %w", err)
	}
	found := &log{folder: folder{path, map[tlog.Tile][]byte{}, map[tlog.Tile]bool{}}, key: key, tree: tree}
	found.tiles = tlog.TileHashReader(tree, found.folder)
	return found, opened, nil
}

// allEntries reads every bundle and grows a tree of its own from the entries.
func (l *log) allEntries() (int, error) {
	bundles := rows(0, l.tree.N)
	for _, bundle := range bundles {
		path := bundleOf(bundle)
		raw, err := os.ReadFile(filepath.Join(l.folder.path, path))
		if err != nil {
			return 0, err
		}
		count := 0
		for ; len(raw) > 0; count++ {
			if len(raw) < 2 || len(raw) < 2+int(raw[0])<<8+int(raw[1]) {
				return 0, fmt.Errorf("%s: cut off in its entry %d", path, count)
			}
			end := 2 + int(raw[0])<<8 + int(raw[1])
			leaf := tlog.RecordHash(raw[2:end])
			if err := l.grown.add(int64(len(l.leaf)), leaf); err != nil {
				return 0, err
			}
			l.leaf, raw = append(l.leaf, leaf), raw[end:]
		}
		if count != bundle.W {
			return 0, fmt.Errorf("%s: %d entries; %d are due", path, count, bundle.W)
		}
	}
	return len(bundles), nil
}

// allTiles compares every tile with the one that tlog makes of the entries.
//
// TileHashReader reads and authenticates all of them as well, but it is not enough: before version 0.40.0 of
// golang.org/x/mod it leaves out a few (CVE-2026-56865), such as tile/1/000 of a log of 70 000.
func (l *log) allTiles() (int, error) {
	var tiles []tlog.Tile
	var first []int64
	for level, hashes := 0, l.tree.N; hashes > 0; level, hashes = level+1, hashes/width {
		for _, tile := range rows(level, hashes) {
			tiles = append(tiles, tile)
			first = append(first, tlog.StoredHashIndex(level*height, tile.N*width))
		}
	}
	for _, tile := range tiles {
		data, err := l.folder.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return 0, err
		}
		due, err := tlog.ReadTileData(tile, &l.grown)
		if err != nil {
			return 0, err
		}
		for at := 0; at < len(due); at += tlog.HashSize {
			if bytes.Equal(due[at:at+tlog.HashSize], data[0][at:at+tlog.HashSize]) {
				continue
			}
			n := tile.N*width + int64(at/tlog.HashSize)
			if tile.L == 0 {
				return 0, fmt.Errorf("entry %d: %s and %s disagree", n, pathOf(tile), bundleOf(tile))
			}
			return 0, fmt.Errorf("%s: its hash %d is not that of %s", pathOf(tile), n%width,
				pathOf(tlog.Tile{H: height, L: tile.L - 1, N: n, W: width}))
		}
	}
	if l.tree.N == 0 {
		if l.tree.Hash != sha256.Sum256(nil) {
			return 0, fmt.Errorf("of size 0 the root is SHA-256 of nothing")
		}
		return 0, nil
	}
	if root, err := tlog.TreeHash(l.tree.N, &l.grown); err != nil || root != l.tree.Hash {
		return 0, fmt.Errorf("the entries give the root %v, not that of the checkpoint", root)
	}
	if _, err := l.tiles.ReadHashes(first); err != nil {
		return 0, err
	}
	if len(l.folder.confirmed) != len(tiles) {
		return 0, fmt.Errorf("tlog confirmed %d tiles of %d", len(l.folder.confirmed), len(tiles))
	}
	return len(tiles), nil
}

// inclusion proves an entry from the tiles.
func (l *log) inclusion(index int64) error {
	proof, err := tlog.ProveRecord(l.tree.N, index, l.tiles)
	if err == nil {
		err = tlog.CheckRecord(proof, l.tree.N, l.tree.Hash, index, l.leaf[index])
	}
	if err != nil {
		return fmt.Errorf("inclusion of entry %d: %w", index, err)
	}
	return nil
}

// consistency proves from the tiles that this tree begins with an older one.
func (l *log) consistency(old tlog.Tree) error {
	if old.N == 0 && old.Hash == sha256.Sum256(nil) {
		return nil // every tree begins with the empty one, and tlog has no proof of it
	}
	proof, err := tlog.ProveTree(l.tree.N, old.N, l.tiles)
	if err == nil {
		err = tlog.CheckTree(proof, l.tree.N, l.tree.Hash, old.N, old.Hash)
	}
	if err != nil {
		return fmt.Errorf("consistency from size %d to %d: %w", old.N, l.tree.N, err)
	}
	return nil
}

// oldCheckpoint proves that the tree begins with the one of a checkpoint that was kept.
func (l *log) oldCheckpoint(path string) (int64, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	old, _, err := checkpoint(raw, l.key)
	if err == nil {
		err = l.consistency(old)
	}
	return old.N, err
}

// receipt checks a C2SP tlog-proof whose extra data is the entry, by its own checkpoint, and then that checkpoint
// by the log.
func (l *log) receipt(path string) (index, size int64, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	head, below, _ := strings.Cut(string(raw), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") ||
		!strings.HasPrefix(lines[2], "index ") {
		return 0, 0, fmt.Errorf("it is no proof with its entry as extra data")
	}
	entry, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return 0, 0, err
	}
	if index, err = number(strings.TrimPrefix(lines[2], "index ")); err != nil {
		return 0, 0, err
	}
	proof := make(tlog.RecordProof, len(lines)-3)
	for i, line := range lines[3:] {
		if proof[i], err = hash(line); err != nil {
			return 0, 0, err
		}
	}
	tree, _, err := checkpoint([]byte(below), l.key)
	if err != nil {
		return 0, 0, err
	}
	if err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return 0, 0, fmt.Errorf("entry %d of %d: %w", index, tree.N, err)
	}
	return index, tree.N, l.consistency(tree)
}

// some sizes up to n: all powers of two and their neighbours, and a spread of others.
func some(n int64) []int64 {
	var found []int64
	for power := int64(1); power <= n; power *= 2 {
		for _, each := range []int64{power - 1, power, power + 1, n - power, n * power / (power + 3)} {
			if 0 < each && each <= n {
				found = append(found, each)
			}
		}
	}
	return append(found, n)
}

// verify checks a whole log and says each check in a line.
func verify(vkey, path string, olds, receipts []string) error {
	l, opened, err := open(vkey, path)
	if err != nil {
		return err
	}
	fmt.Printf("checkpoint: %s at size %d, root %v, %d signatures of the key, %d of others\n",
		l.key.Name(), l.tree.N, l.tree.Hash, len(opened.Sigs), len(opened.UnverifiedSigs))
	count, err := l.allEntries()
	if err != nil {
		return err
	}
	fmt.Printf("entries: all %d in %d bundles\n", len(l.leaf), count)
	if count, err = l.allTiles(); err != nil {
		return err
	}
	fmt.Printf("tiles: all %d are those of the entries and give the root\n", count)
	sizes := some(l.tree.N)
	for _, n := range sizes {
		if err = l.inclusion(n - 1); err != nil {
			return err
		}
		old, err := tlog.TreeHash(n, &l.grown)
		if err != nil {
			return err
		}
		if err = l.consistency(tlog.Tree{N: n, Hash: old}); err != nil {
			return err
		}
	}
	fmt.Printf("inclusion: %d entries proved\nconsistency: from %d sizes proved\n", len(sizes), len(sizes))
	for _, old := range olds {
		size, err := l.oldCheckpoint(old)
		if err != nil {
			return fmt.Errorf("%s: %w", old, err)
		}
		fmt.Printf("%s: the log begins with its %d entries\n", old, size)
	}
	for _, receipt := range receipts {
		index, size, err := l.receipt(receipt)
		if err != nil {
			return fmt.Errorf("%s: %w", receipt, err)
		}
		fmt.Printf("%s: entry %d of %d\n", receipt, index, size)
	}
	return nil
}
