/** Colors, type and steps. They stand nowhere else (docs/gallery.md). */
export const tokens = `
@layer tokens, base, parts, pages;
@layer tokens {
  :root {
    color-scheme: light dark;
    --paper: light-dark(#faf9f6, #10151a);
    --sheet: light-dark(#ffffff, #171e25);
    --line: light-dark(#dedbd2, #2c3741);
    --edge: light-dark(#8a8f96, #66727d);
    --ink: light-dark(#1a2631, #e7ecf0);
    --ink-2: light-dark(#52606d, #a4b1bd);
    --sea: light-dark(#0a6868, #55c7bc);
    --sea-soft: light-dark(#e3f0ee, #16302e);
    --rust: light-dark(#a23c1c, #f0926e);
    --rust-soft: light-dark(#fbece6, #38201a);
    --on-fill: light-dark(#ffffff, #10201f);
    --gold: light-dark(#755700, #e2ba50);
    --gold-soft: light-dark(#f8f0da, #322a14);
    --code: light-dark(#f1efe9, #1f2831);
    --ground: #fff;
    --radius: 6px;
    --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  }
  :root[data-theme="light"] { color-scheme: light }
  :root[data-theme="dark"] { color-scheme: dark }
}`
