// The panel of this room.

export function LedgerPanel() {
  return null;
}
