// The pages' own style sheet: dark and light as the reader's system has it, one column on a phone, visible focus, print.

/** Served at `/assets/style.css`. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b2330;--quiet:#5a6577;--line:#dfe4ea;--soft:#f5f7f9;--link:#0b57a4;--mark:#fff3c4;
--good:#146c2e;--warn:#8a4b00;--warn-soft:#fff4e0;--a:#0b57a4;--b:#b45309;--c:#15803d;--d:#86198f;--e:#475569}
@media (prefers-color-scheme:dark){:root{--paper:#12161c;--ink:#e6eaf0;--quiet:#a0abba;--line:#2c3542;--soft:#1a2028;--link:#82b8f5;--mark:#5a4a00;
--good:#6fd08c;--warn:#f0b45e;--warn-soft:#33260f;--a:#82b8f5;--b:#f0a356;--c:#6fd08c;--d:#dd9be6;--e:#a8b3c2}}
*{box-sizing:border-box}
html{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink)}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--b);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999px;top:0;background:var(--paper);padding:.6rem 1rem;z-index:2}.skip:focus{left:0}
.top{border-bottom:1px solid var(--line);background:var(--soft)}
.top>div,main,footer>div{max-width:76rem;margin:0 auto;padding:0 1.1rem}
.top>div{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem 1.2rem;padding-top:.55rem;padding-bottom:.55rem}
.brand{font-weight:700;color:var(--ink);text-decoration:none;font-size:1.05rem;margin-right:.2rem}
.top nav ul{display:flex;flex-wrap:wrap;gap:0 .15rem;list-style:none;margin:0;padding:0}
.top nav a{display:inline-block;padding:.25rem .3rem;font-size:.95rem;text-decoration:none;border-radius:.3rem}
.top nav a:hover{background:var(--line)}.top nav a[aria-current]{font-weight:600;color:var(--ink);box-shadow:inset 0 -2px var(--link);border-radius:0}
.find{margin-left:auto;display:flex;gap:.3rem}.find input{width:9rem}.find button{padding:.35rem .6rem}
main{padding-top:1.4rem;padding-bottom:3rem}
h1{font-size:1.7rem;line-height:1.25;margin:.2rem 0 .6rem;overflow-wrap:anywhere}h2{font-size:1.25rem;margin:2rem 0 .6rem}h3{font-size:1.05rem;margin:1.2rem 0 .3rem}
p,ul,ol,dl{margin:.5rem 0}.lead{color:var(--quiet);max-width:60rem}.small{font-size:.875rem}.quiet{color:var(--quiet)}
.crumbs{font-size:.875rem;color:var(--quiet);margin-bottom:.3rem}
.scroll.narrow{width:fit-content;max-width:100%}.scroll{overflow-x:auto;margin:.8rem 0;border:1px solid var(--line);border-radius:.4rem}
table{border-collapse:collapse;width:100%;font-size:.93rem}
caption{text-align:left;padding:.45rem .5rem;color:var(--quiet);font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.42rem .5rem;border-top:1px solid var(--line)}
thead th{background:var(--soft);border-top:0;font-size:.85rem;white-space:nowrap}tbody th{font-weight:600;min-width:8rem;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.d{white-space:nowrap}td.w{min-width:11rem}.two{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}.slim{width:1%}.values{min-width:15rem}.value{display:inline-block;margin-right:.8rem;white-space:nowrap}tr.own{background:var(--warn-soft)}tbody tr:hover{background:var(--soft)}
.tag{display:inline-block;font-size:.78rem;line-height:1.35;padding:.05rem .45rem;border:1px solid var(--line);border-radius:1rem;color:var(--quiet);text-decoration:none;white-space:nowrap;background:var(--paper)}
a.tag{color:var(--link)}.tag.warn,a.tag.warn{color:var(--warn);border-color:currentColor;background:var(--warn-soft)}.tag.good{color:var(--good);border-color:currentColor}
.tags{display:flex;flex-wrap:wrap;gap:.35rem;list-style:none;padding:0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(19rem,100%),1fr));gap:.8rem;list-style:none;padding:0}
.card{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;background:var(--paper);min-width:0;overflow-wrap:anywhere}
.card h3{margin:0 0 .2rem}.card p{margin:.25rem 0}
.figures{display:flex;flex-wrap:wrap;gap:.4rem 2rem;list-style:none;padding:0}.figures b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
figure{margin:1rem 0;overflow-x:auto}figure svg{display:block;width:100%;min-width:34rem;height:auto}figcaption{color:var(--quiet);font-size:.875rem;margin-top:.3rem}
svg text{font-family:inherit}
form.panel,.panel{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;background:var(--soft);margin:.8rem 0}
.row{display:flex;flex-wrap:wrap;gap:.6rem 1.2rem;align-items:end}
label{font-size:.9rem}.field{display:flex;flex-direction:column;gap:.15rem;min-width:0;margin:.5rem 0}.row .field{margin:0}
form[method=post] .row{align-items:start}fieldset{border:1px solid var(--line);border-radius:.35rem;margin:.6rem 0}
input,select,textarea,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--quiet);border-radius:.35rem;padding:.35rem .55rem;max-width:100%}
input[type=checkbox]{width:1.1rem;height:1.1rem;vertical-align:-.15rem;accent-color:var(--link)}
.row .field input,.row .field select{height:2.4rem}
textarea{width:100%;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.85rem}.wide{width:100%}
button,.button{background:var(--link);border-color:var(--link);color:var(--paper);font-weight:600;cursor:pointer;text-decoration:none;display:inline-block;border-radius:.35rem;padding:.35rem .9rem}
button.plain{background:none;color:var(--link)}button.stop{background:none;color:var(--warn);border-color:currentColor}
.hint{color:var(--quiet);font-size:.85rem}.bad{color:var(--warn);font-size:.9rem;font-weight:600}[aria-invalid=true]{border-color:var(--warn);border-width:2px}
.notice{border-left:4px solid var(--b);background:var(--warn-soft);padding:.6rem .9rem;margin:.8rem 0}.notice.good{border-color:var(--good);background:var(--soft)}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1.2rem}dl.facts dt{color:var(--quiet)}dl.facts dd{margin:0;overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.88em}pre{overflow-x:auto;background:var(--soft);border:1px solid var(--line);border-radius:.4rem;padding:.7rem .9rem}
code{overflow-wrap:anywhere}pre code{overflow-wrap:normal}
mark{background:var(--mark);color:inherit}.tree,.tree ul{list-style:none;padding-left:1.1rem;border-left:1px solid var(--line)}.tree{padding-left:0;border:0}
.flaws{margin:0}.flaws>div{display:grid;grid-template-columns:9rem minmax(0,1fr);gap:.2rem .8rem;margin:.45rem 0}.flaws dd{margin:0}ul.notice{padding-left:2rem}.panel>h2:first-child{margin-top:.2rem}
.pager{display:flex;gap:1rem;align-items:center;margin:1rem 0}
details{margin:.5rem 0}summary{cursor:pointer}
footer{border-top:1px solid var(--line);color:var(--quiet);font-size:.875rem;background:var(--soft)}footer>div{padding-top:1rem;padding-bottom:1.4rem}
@media (max-width:44rem){html{font-size:15px}h1{font-size:1.4rem}.find{margin-left:0;width:100%}.find input{flex:1;width:auto;min-width:0}dl.facts,.flaws>div{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:.4rem}th,td{padding:.4rem .5rem}}
@media print{.top,.skip,form,footer,.pager{display:none}.scroll,figure{overflow:visible;border:0}body{background:#fff;color:#000}a{color:inherit}main{max-width:none;padding:0}tr,figure{break-inside:avoid}}
`;
