// The shown field as a table: where there is no WebGL, and for whoever would rather read.
import { useEffect, useMemo, useState } from "preact/hooks";
import { cellTitle, fieldTitle, fields, shown as shownName, valueTitle, wordTitle } from "../map/fields";
import { about, field as chosen, pick, tab } from "../state";
import { moment, number, percent, t } from "../words";
import { useAsked } from "./asked";
import { Skeleton, Trouble } from "./card";
import { countryName } from "./names";
import { type CountryRow, type Order, cellOrder, countryRows, sortedRows, worstFirst } from "./rows";
import { type Shown, hasNetwork, shownSlot, valuesOf, whatIsShown } from "./shown";
import "./menu.css";

const PAGE = 50;

interface Data {
  shown: Shown;
  countries: { of: Uint16Array; words: readonly string[] } | null;
}

/** The table. `onAsk`: a cell was asked about, and the card of it opens. */
export function FieldTable({ onAsk }: { onAsk?: () => void }) {
  const view = about.value;
  const name = shownName()?.name ?? null;
  const asked = useAsked<Data | null>(
    "table",
    hasNetwork(view) && name ? `${view.key} ${name} ${shownSlot()}` : null,
    load,
  );
  const [by, setBy] = useState<"countries" | "cells">("countries");
  const data = asked.value;
  if (!hasNetwork(view) || !view.cells) return <p>{t("place.table.none")}</p>;
  const rows = data?.countries ? by : "cells";
  return (
    <section class="place-table" aria-labelledby="table-heading" aria-busy={asked.loading}>
      <h2 id="table-heading">{t("place.table.title", { field: name ? fieldTitle(name) : "" })}</h2>
      <div class="choices">
        <label>
          {t("place.table.field")}{" "}
          <select value={name ?? ""} onChange={(event) => (chosen.value = event.currentTarget.value)}>
            {fields().map((each) => (
              <option key={each.name} value={each.name}>
                {fieldTitle(each.name)}
              </option>
            ))}
          </select>
        </label>
        {data?.countries ? (
          <label>
            {t("place.table.by")}{" "}
            <select
              value={rows}
              onChange={(event) => setBy(event.currentTarget.value as "countries" | "cells")}
            >
              <option value="countries">{t("place.table.countries")}</option>
              <option value="cells">{t("place.table.cells")}</option>
            </select>
          </label>
        ) : null}
      </div>
      <Trouble of={asked} />
      {data ? (
        <>
          <p class="faint">
            {t("place.table.of", {
              world: data.shown.view.title || (data.shown.view.world ?? ""),
              time: moment(data.shown.time),
            })}
          </p>
          {rows === "countries" && data.countries ? (
            <Countries shown={data.shown} of={data.countries.of} words={data.countries.words} />
          ) : (
            <Cells shown={data.shown} onAsk={onAsk} />
          )}
        </>
      ) : asked.loading ? (
        <Skeleton />
      ) : null}
    </section>
  );
}

async function load(signal: AbortSignal): Promise<Data | null> {
  const shown = await whatIsShown(signal);
  if (!shown) return null;
  const country = shown.view.fields.find((each) => each.name === "country");
  if (!country) return { shown, countries: null };
  const of = (await valuesOf(shown.view, country, shown.slot, signal)) as Uint16Array;
  return { shown, countries: { of, words: country.words } };
}

function Countries({ shown, of, words }: { shown: Shown; of: Uint16Array; words: readonly string[] }) {
  const rows = useMemo(() => countryRows(shown, of, words), [shown, of, words]);
  const [order, setOrder] = useState<Order>({ by: "code", down: false });
  const numbers = shown.field.kind === "number";
  const named = (row: CountryRow): string => (row.code ? countryName(row.code) : t("place.table.nowhere"));
  const sorted = sortedRows(rows, order, (row, by) =>
    by === "code" ? named(row) : row[by as keyof CountryRow],
  );
  const columns = numbers
    ? ([
        ["cells", "count"],
        ["withValue", "with"],
        ["mean", "mean"],
        ["lowest", "lowest"],
        ["highest", "highest"],
      ] as const)
    : ([
        ["cells", "count"],
        ["withValue", "with"],
        ["most", "most"],
        ["share", "share"],
      ] as const);
  const said = (row: CountryRow, by: (typeof columns)[number][0]): string => {
    if (by === "cells" || by === "withValue") return number(row[by]);
    if (by === "share") return percent(row.share, 0);
    if (by === "most") return row.most ? wordTitle(shown.field.name, row.most) : t("common.none");
    return valueTitle(shown.field, row[by]);
  };
  return (
    <Paged all={sorted.length} order={order} key={shown.field.name}>
      {(from, to) => (
        <table>
          <thead>
            <tr>
              <Sorter by="code" title={t("place.table.country")} order={order} set={setOrder} />
              {columns.map(([by, key]) => (
                <Sorter
                  key={by}
                  by={by}
                  title={t(`place.table.${key}`)}
                  order={order}
                  set={setOrder}
                  number={by !== "most"}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(from, to).map((row) => (
              <tr key={row.code}>
                <th scope="row">{named(row)}</th>
                {columns.map(([by]) => (
                  <td key={by} class={by === "most" ? "" : "number"}>
                    {said(row, by)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Paged>
  );
}

function Cells({ shown, onAsk }: { shown: Shown; onAsk: (() => void) | undefined }) {
  const [order, setOrder] = useState<Order>({ by: "value", down: worstFirst(shown.field) });
  const sorted = useMemo(() => cellOrder(shown, order), [shown, order]);
  const ask = (lat: number, lon: number): void => {
    onAsk?.();
    tab.value = "map";
    pick({ place: { lat, lon } });
  };
  return (
    <Paged all={sorted.length} order={order} key={shown.field.name}>
      {(from, to) => (
        <table>
          <thead>
            <tr>
              <Sorter by="lat" title={t("place.table.lat")} order={order} set={setOrder} number />
              <Sorter by="lon" title={t("place.table.lon")} order={order} set={setOrder} number />
              <Sorter
                by="value"
                title={t("place.table.value")}
                order={order}
                set={setOrder}
                number={shown.field.kind === "number"}
              />
              <th scope="col">
                <span class="visually-hidden">{t("place.table.open")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {Array.from(sorted.subarray(from, to), (cell) => {
              const [lat, lon] = [shown.cells.lat[cell]!, shown.cells.lon[cell]!];
              return (
                <tr key={cell}>
                  <td class="number">{`${number(lat, 3)}°`}</td>
                  <td class="number">{`${number(lon, 3)}°`}</td>
                  <td class={shown.field.kind === "number" ? "number" : ""}>
                    {cellTitle(shown.field, shown.values, cell)}
                  </td>
                  <td>
                    <button type="button" class="place-link" onClick={() => ask(lat, lon)}>
                      {t("place.table.ask")}
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Paged>
  );
}

/** A heading of a column that sorts by it. */
function Sorter(props: {
  by: string;
  title: string;
  order: Order;
  set: (order: Order) => void;
  number?: boolean;
}) {
  const { by, order } = props;
  const on = order.by === by;
  return (
    <th
      scope="col"
      class={props.number ? "number" : ""}
      aria-sort={on ? (order.down ? "descending" : "ascending") : undefined}
    >
      <button type="button" onClick={() => props.set({ by, down: on ? !order.down : false })}>
        {props.title}
        {on ? <span aria-hidden="true">{order.down ? " ↓" : " ↑"}</span> : null}
      </button>
    </th>
  );
}

/** A page of rows at a time. */
function Paged(props: {
  all: number;
  order: Order;
  children: (from: number, to: number) => preact.JSX.Element;
}) {
  const [page, setPage] = useState(0);
  useEffect(() => setPage(0), [props.order]);
  const last = Math.max(0, Math.ceil(props.all / PAGE) - 1);
  const from = Math.min(page, last) * PAGE;
  const to = Math.min(from + PAGE, props.all);
  return (
    <>
      <div class="scroll">{props.children(from, to)}</div>
      <div class="pages">
        <button type="button" disabled={page <= 0} onClick={() => setPage(Math.min(page, last) - 1)}>
          {t("place.table.previous")}
        </button>
        <button type="button" disabled={page >= last} onClick={() => setPage(page + 1)}>
          {t("place.table.next")}
        </button>
        <span role="status">
          {props.all ? t("place.table.page", { from: from + 1, to, all: props.all }) : t("place.table.none")}
        </span>
      </div>
    </>
  );
}
