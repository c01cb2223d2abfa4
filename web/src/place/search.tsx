// The search box: towns, coordinates, satellites, regions, gateways.

export function Search() {
  return null;
}
