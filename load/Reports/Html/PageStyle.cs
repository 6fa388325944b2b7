namespace FastRelay.Load.Reports.Html;

/// <summary>The page's style. It holds none of the characters that XML would escape, since a browser takes a style's text as it is.</summary>
internal static class PageStyle
{
    /// <summary>The style.</summary>
    public const string Text = """
        :root { color-scheme: light dark; --page: #fcfcfb; --ink: #1b1f24; --soft: #5b6470; --rule: #dfe3e8; --track: #eceff3;
          --bar: #2563eb; --other: #9aa4b2; --short: #c2410c; --good: #15803d; --area: #2563eb22; }
        @media (prefers-color-scheme: dark) { :root { --page: #14171a; --ink: #e8eaed; --soft: #9aa4b0; --rule: #2d333a; --track: #22272d;
          --bar: #6ea3ff; --other: #6b7684; --short: #fb923c; --good: #4ade80; --area: #6ea3ff26; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 66rem; background: var(--page); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 0 0 .5rem; }
        .lead { margin: 0 0 1rem; color: var(--soft); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; font-size: .9rem; } dt { color: var(--soft); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
        code { font: .9em ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 2rem 2.5rem; }
        figure { margin: 0; min-width: 0; } figcaption { font-weight: 600; margin-bottom: .5rem; } figcaption small { font-weight: 400; color: var(--soft); }
        svg { display: block; width: 100%; height: auto; max-width: 40rem; }
        .label { font-size: 13px; fill: var(--soft); paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; } .strong { fill: var(--ink); font-weight: 600; }
        .grid { stroke: var(--rule); } .axis { stroke: var(--soft); } .mark { stroke: var(--ink); stroke-dasharray: 3 2; }
        .track { fill: var(--track); } .bar { fill: var(--bar); } .other { fill: var(--other); } .short { fill: var(--short); }
        .area { fill: var(--area); } .line { fill: none; stroke: var(--bar); stroke-width: 2; stroke-linejoin: round; }
        table { border-collapse: collapse; width: 100%; max-width: 46rem; font-size: .92rem; } th { text-align: left; font-weight: 400; padding: .3rem .75rem .3rem 0; }
        td { text-align: right; padding: .3rem 0 .3rem .75rem; font-variant-numeric: tabular-nums; } tr { border-bottom: 1px solid var(--rule); }
        .met { color: var(--good); } .missed { color: var(--short); } .note { color: var(--soft); font-size: .9rem; }
        .verdict { display: block; font-size: .82rem; }
        """;
}
