"""The style sheet of pages, for light, dark and print. Knows class names, no content."""

STYLE = """
:root{color-scheme:light dark;--page:#f7f7f5;--card:#fff;--ink:#16181d;--soft:#565c66;--faint:#686e79;--rule:#e4e5e1;
--grid:#ececea;--c1:#2b68d3;--c2:#bd4f1b;--c3:#147a5b;--c4:#7d47c4;--c5:#b32d6c;--c6:#66700f;--pale:#aab1bd;--before:#c3c8d1;--bad:#c22f3d;--bad-wash:#fcecee;--good:#197a54;
--good-wash:#e8f5ef;--wash:#eef3fd}
@media (prefers-color-scheme:dark){:root{--page:#101216;--card:#181b21;--ink:#eceef2;--soft:#a8aeb9;--faint:#8e95a1;
--rule:#2a2e36;--grid:#262a31;--c1:#6ba1ff;--c2:#f28b54;--c3:#45c79d;--c4:#b99aff;--c5:#ff8fc2;--c6:#c2cc5e;--pale:#59616e;--before:#4a515d;--bad:#ff7a85;--bad-wash:#3a1f24;
--good:#5fd0a0;--good-wash:#163026;--wash:#1d2636}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",
Roboto,"Helvetica Neue","Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:56px 24px 80px}
header .kicker{margin:0;color:var(--c1);font-size:13px;font-weight:650;letter-spacing:.08em;text-transform:uppercase}
h1{margin:6px 0 10px;font-size:clamp(28px,4.2vw,42px);line-height:1.12;letter-spacing:-.022em;font-weight:700;text-wrap:balance}
.lede{margin:0;max-width:68ch;color:var(--soft);font-size:17px}
h2{margin:0;font-size:20px;letter-spacing:-.01em;line-height:1.3}
section{margin-top:52px}
section>p{margin:4px 0 18px;color:var(--soft);max-width:72ch;text-wrap:pretty}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(186px,1fr));gap:14px;margin:32px 0 14px;padding:0;list-style:none}
.card,.tiles li{background:var(--card);border:1px solid var(--rule);border-radius:12px}
.tiles li{padding:18px 18px;display:flex;flex-direction:column;gap:2px}
.tiles .name{color:var(--soft);font-size:13.5px}
.tiles .value{font-size:29px;font-weight:680;letter-spacing:-.025em;line-height:1.2}
.tiles .value small{font-size:16px;font-weight:500;color:var(--soft);letter-spacing:0}
.tiles .why{color:var(--soft);font-size:13.5px}
.tiles .value,.tiles small{white-space:nowrap}
.better{color:var(--good);font-weight:600}.worse{color:var(--bad);font-weight:600}
.card{padding:22px 24px}
.single{display:grid;grid-template-columns:minmax(0,1fr);gap:14px}.single .chart{max-width:500px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:14px;align-items:stretch}
figure{margin:0}
figcaption{margin-bottom:14px;font-weight:620}
figcaption span{display:block;color:var(--soft);font-size:13.5px;font-weight:400}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14.5px}
th,td{padding:9px 12px;text-align:left;border-bottom:1px solid var(--rule);vertical-align:top;overflow-wrap:anywhere}
tr:last-child>th,tr:last-child>td{border-bottom:0}
thead th{color:var(--soft);font-size:13px;font-weight:550}
tbody th{font-weight:550}
th:first-child,td:first-child{padding-left:0}
td.n,th.n{text-align:right;white-space:nowrap}
.facts th{width:34%;color:var(--soft);font-weight:450}
code{font:13.5px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.chart{display:block;width:100%;height:auto;overflow:visible}
.chart text{fill:var(--ink);font-size:13px;font-family:inherit}
.chart .tick{fill:var(--faint);font-size:12px}.chart .axis{fill:var(--soft);font-size:12.5px}
.chart .note{fill:var(--soft);font-size:12px}.chart .lane{font-weight:560;font-size:14px}
.chart .duration{fill:var(--soft);font-size:13.5px}.chart .label{font-weight:600}
.grid{stroke:var(--grid);stroke-width:1}.base{stroke:var(--faint);stroke-width:1}
.ideal{stroke:var(--faint);stroke-width:1.25;stroke-dasharray:5 4}
[class$="-line"]{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}
.c1-line{stroke:var(--c1)}.c2-line{stroke:var(--c2)}.c3-line{stroke:var(--c3)}.c4-line{stroke:var(--c4)}.c5-line{stroke:var(--c5)}.c6-line{stroke:var(--c6)}
.c1-dot{fill:var(--c1)}.c2-dot{fill:var(--c2)}.c3-dot{fill:var(--c3)}.c4-dot{fill:var(--c4)}.c5-dot{fill:var(--c5)}.c6-dot{fill:var(--c6)}
.chart .c1-text{fill:var(--c1)}.chart .c2-text{fill:var(--c2)}.chart .c3-text{fill:var(--c3)}.chart .c4-text{fill:var(--c4)}
.chart .c5-text{fill:var(--c5)}.chart .c6-text{fill:var(--c6)}
.spot{fill-opacity:.6}.chart .halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.polyline{fill:none;stroke-width:1.5;stroke-opacity:.8;stroke-linejoin:round}.polyline.best{stroke-width:3.5;stroke-opacity:1}
.polyline:hover{stroke-width:4;stroke-opacity:1}
.key.k-best{background:linear-gradient(90deg,var(--pale),var(--c1));width:48px}
.key.k-spot{border-radius:50%;width:9px;height:9px;background:var(--c1)}.key.k-step{height:3px;background:var(--c2)}
.point{fill:var(--c1);fill-opacity:.42}
.hit{fill:transparent;stroke:none;pointer-events:all}
.before{fill:var(--before)}.after{fill:var(--c1);fill-opacity:.1;stroke:var(--c1);stroke-width:1.75;stroke-linejoin:round}
.bar{fill:var(--c1)}.bar.c2{fill-opacity:.45}.bar.c3{fill-opacity:.72}.bar-failed{fill:var(--bad)}
.track{fill:var(--grid)}.under{fill:var(--c3)}.over{fill:var(--bad)}.limit{stroke:var(--ink);stroke-width:2}
.gauge{margin-top:8px}
.grid-of-columns{display:grid;grid-template-columns:repeat(auto-fill,minmax(228px,1fr));gap:14px;margin:0;padding:0;list-style:none}
.grid-of-columns li{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:16px 18px;display:flex;flex-direction:column}
.grid-of-columns h3{flex:1;margin:0 0 10px;display:flex;justify-content:space-between;gap:8px;align-items:baseline;font-size:14.5px;overflow-wrap:anywhere}
.distance{display:flex;justify-content:space-between;margin:6px 0 0;color:var(--soft);font-size:12.5px}
.badge{color:var(--soft);background:var(--grid);flex:none;padding:1px 9px;border-radius:99px;font-size:12px;font-weight:600;white-space:nowrap}
.badge.bad{color:var(--bad);background:var(--bad-wash)}.badge.good{color:var(--good);background:var(--good-wash)}
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:0 0 14px;padding:0;list-style:none;color:var(--soft);font-size:13.5px}
.legend li{display:flex;align-items:center;gap:8px}
.key{width:16px;height:11px;border-radius:2px;display:inline-block}
.key.k-before{background:var(--before)}.key.k-after{border:1.75px solid var(--c1);background:color-mix(in srgb,var(--c1) 10%,transparent)}
.key.k-limit{width:2px;height:14px;background:var(--ink)}
.matrix td{text-align:center;font-size:16px;font-weight:600;border:3px solid var(--card);border-radius:8px;padding:30px 10px;vertical-align:middle}
.matrix th{border:0;vertical-align:middle;font-weight:550;color:var(--soft)}.matrix thead th+th{text-align:center}.matrix tr>:first-child{width:1%;padding-right:16px;white-space:nowrap;text-align:right}
.matrix .none{color:var(--faint)}.matrix td,.matrix th{overflow-wrap:normal}.matrix td{white-space:nowrap}.single .matrix td{padding:18px 10px}
.matrix.many td{padding:8px 6px;font-size:13.5px}.matrix.many th{font-size:13px}
.matrix small{display:block;font-weight:450;font-size:12px}.matrix.many small{font-size:11px}
.meter{display:block;height:8px;border-radius:4px;background:var(--c1);min-width:2px}
a{color:var(--c1);text-underline-offset:2px}:focus-visible{outline:2px solid var(--c1);outline-offset:2px;border-radius:3px}
.marked>*{background:var(--wash)}.marked>:first-child{box-shadow:-8px 0 0 var(--wash)}
.diff{background:color-mix(in srgb,var(--c1) 14%,transparent);font-weight:620;padding:2px 7px;margin-left:-7px;border-radius:6px}
td.k{white-space:nowrap}.scroll>table:not(.matrix) tr>:first-child{min-width:110px}
.lede .badge{font-size:13.5px;vertical-align:2px}
.below{margin-top:14px}.below:empty{display:none}.single .matrix{max-width:none}
.failure{border-left:4px solid var(--bad);background:var(--bad-wash);border-radius:8px;padding:14px 18px;margin:24px 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.single.wide .chart,.card.wide .chart{max-width:none}.graph{max-width:100%;height:auto;display:block;margin:0 auto}
.quiet{color:var(--soft);margin:0}
footer{margin-top:56px;padding-top:18px;border-top:1px solid var(--rule);color:var(--faint);font-size:13.5px}
@media (max-width:760px){.pair{grid-template-columns:1fr}main{padding:32px 16px 56px}.wide .chart{min-width:760px}}
@media (max-width:520px){.tiles{grid-template-columns:1fr 1fr;gap:10px}.tiles li{padding:14px}.tiles .value{font-size:25px}.card{padding:18px 16px}
.pair .chart text,.single .chart text{font-size:18px}.pair .chart .tick,.single .chart .tick{font-size:17px}
.pair .chart .label,.single .chart .label{font-size:14px}}
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--faint:#666;--rule:#ccc;--grid:#e6e6e6;--c1:#1f57b8;--c2:#b34a18;
--c3:#12704f;--c4:#6a35b0;--c5:#98205a;--c6:#545c0a;--pale:#aab1bd;--before:#c3c8d1;--bad:#a01d2b;--bad-wash:#fff;--good:#12603f;--good-wash:#fff}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}section{margin-top:28px}
.card,.tiles li,.grid-of-columns li,tr{break-inside:avoid}h2{break-after:avoid}}
"""
