// The line of honesty: what is shown, how old it is, that it is a model, and what borders on it mean.
import { about } from "./state";
import { number, t } from "./words";

export function Footer() {
  const it = about.value;
  return (
    <footer>
      <span>{t("common.modelled")}</span>
      {it ? (
        <>
          {it.source === "none" ? null : (
            <>
              <span>
                {t("common.world", {
                  world: it.title || it.world || "",
                  hash: (it.world_hash ?? "").slice(0, 12),
                })}
              </span>
              <span title={it.elements_epoch ?? ""}>
                {t("common.elements", { days: number(Math.abs(it.elements_age_days ?? Number.NaN), 1) })}
              </span>
            </>
          )}
          {it.rules ? (
            <span>{t("common.rules", { name: it.rules.name, digest: it.rules.digest.slice(0, 12) })}</span>
          ) : null}
          <span>{t("common.version", { version: it.openleo_version })}</span>
        </>
      ) : null}
      <span class="borders">{t("common.borders")}</span>
    </footer>
  );
}
