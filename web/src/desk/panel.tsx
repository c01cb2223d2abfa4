// The panel of this room.

export function DeskPanel() {
  return null;
}
