// Sentences of the server as a list; what it sets in, as what differs one by one, is set in here.

export function Lines({ lines, testId }: { lines: readonly string[]; testId?: string }) {
  return (
    <ul class="desk-said" data-testid={testId}>
      {lines.map((line) => {
        const within = /^\s*- /.test(line);
        const quoted = /^\s*> /.test(line);
        return (
          <li key={line} class={`desk-words${within ? " desk-within" : ""}${quoted ? " desk-quoted" : ""}`}>
            {line.replace(/^\s*[->] /, "").trim()}
          </li>
        );
      })}
    </ul>
  );
}
