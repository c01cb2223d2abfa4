// The beginning: the state is read from the address, the shell is drawn, the server is asked what it shows.
import { render } from "preact";
import { App } from "./app";
import { openWhereAlone } from "./reports/alone";
import { follow, keepAddress } from "./state";
import "./theme.css";

openWhereAlone();
keepAddress();
render(<App />, document.getElementById("app")!);
void follow();
