// What documents say differently where they tell the same: figures, names and days, side by side.
import { toDocument } from "./data";
import { type Column, type Differing, type Row, type Value, about, range } from "./says";

export function DifferingView({
  it,
  row,
  columns,
}: {
  it: Differing;
  row: Row;
  columns: ReadonlyMap<string, Column>;
}) {
  const groups = grouped(it);
  return (
    <div class="rp-differing">
      <p class="rp-about">{about(it)}</p>
      <ul class="rp-values">
        {groups.map((group) => (
          <li key={group[0]!.words + group[0]!.document}>
            {range(group[0]!) && it.kind === "figure" ? <p class="rp-value">{range(group[0]!)}</p> : null}
            <ul>
              {group.map((each) => (
                <li key={`${each.document} ${each.start}`}>
                  <q dir="auto" lang={columns.get(each.document)?.language || undefined}>
                    {each.words}
                  </q>{" "}
                  <button type="button" class="rp-link" onClick={() => toDocument(each.document, row.number)}>
                    {columns.get(each.document)?.source ?? each.document}
                  </button>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Values that are one, whatever their words: a figure by its number, anything else by its words. */
function grouped(it: Differing): Value[][] {
  const groups = new Map<string, Value[]>();
  for (const each of it.values) {
    const key = it.kind === "figure" ? `${each.low} ${each.high}` : each.words.toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}
