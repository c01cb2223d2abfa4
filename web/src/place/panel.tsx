// The card of a place, a satellite, a gateway or a region: whatever was picked.

export function PlacePanel() {
  return null;
}
