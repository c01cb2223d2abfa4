// The map: globe or flat, with its legend, switches and time bar.

export function MapView() {
  return null;
}
