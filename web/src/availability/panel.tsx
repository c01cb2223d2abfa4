// The panel of this room.

export function AvailabilityPanel() {
  return null;
}
