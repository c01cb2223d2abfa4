// Which documents go back to one report, and why it is thought so; spellings that stand for one name.
import { t } from "../words";
import { toDocument } from "./data";
import { type Case, type Column, bound, published } from "./says";

export function Origins({ found, columns }: { found: Case; columns: ReadonlyMap<string, Column> }) {
  return (
    <>
      <p class="faint">{t("reports.origins.about")}</p>
      <ol class="rp-origins">
        {found.sources.map((each) => (
          <li key={each.root + each.documents.join()}>
            <p class="rp-root">
              <strong>{title(each, columns)}</strong>
            </p>
            <Members ids={each.documents} root={each.root} columns={columns} />
          </li>
        ))}
      </ol>
      {found.aliases.length ? (
        <table class="rp-aliases">
          <caption>{t(found.unreviewed ? "reports.aliases.unreviewed" : "reports.aliases")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("reports.aliases.written")}</th>
              <th scope="col">{t("reports.aliases.name")}</th>
            </tr>
          </thead>
          <tbody>
            {found.aliases.map(([written, name]) => (
              <tr key={written}>
                <td dir="auto">{written}</td>
                <td dir="auto">{name}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </>
  );
}

function title(it: Case["sources"][number], columns: ReadonlyMap<string, Column>): string {
  const root = columns.get(it.root);
  if (root) {
    return it.documents.length > 1
      ? t("reports.origins.back", { source: root.source })
      : t("reports.origins.own", { source: root.source });
  }
  return t("reports.origins.outside", { source: it.root });
}

function Members({
  ids,
  root,
  columns,
}: {
  ids: readonly string[];
  root: string;
  columns: ReadonlyMap<string, Column>;
}) {
  return (
    <ul>
      {ids.map((id) => {
        const column = columns.get(id);
        if (!column) return null;
        return (
          <li key={id}>
            <button type="button" class="rp-link" onClick={() => toDocument(id)}>
              {column.source}
            </button>{" "}
            <span class="faint">{published(column)}</span>
            {id === root && ids.length > 1 ? `, ${t("reports.origins.first")}` : null}
            {column.why.length ? (
              <ul class="rp-why">
                {column.why.map((why) => (
                  <li key={why} dir="auto">
                    {bound(why)}
                  </li>
                ))}
              </ul>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
