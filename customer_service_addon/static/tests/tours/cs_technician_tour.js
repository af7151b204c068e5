import { addTour } from "./cs_tour_steps";

/*
 * The technician view on a phone and the contractor's pages on the portal.
 */

const ORDER = ".o_cs_technician_order";

/** Put a picture into a file field, as the camera does. */
async function takePhoto(input) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    canvas.getContext("2d").fillRect(0, 0, 40, 40);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const files = new DataTransfer();
    files.items.add(new File([blob], "wall.png", { type: "image/png" }));
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

addTour("cs_technician_tour", {
    steps: () => [
        { content: "Open the order", trigger: `${ORDER} .o_cs_technician_head`, run: "click" },
        { content: "Start", trigger: `${ORDER} .o_cs_technician_start`, run: "click" },
        { content: "Time runs", trigger: `${ORDER} .o_cs_technician_running` },
        { content: "Write what was done", trigger: `${ORDER} .o_cs_technician_note`, run: "edit New pipe" },
        { content: "It is sent by itself", trigger: `${ORDER} .o_cs_technician_sent` },
        { content: "Type material", trigger: `${ORDER} .o_cs_technician_material`, run: "edit Elbow" },
        { content: "Type how much", trigger: `${ORDER} .o_cs_technician_quantity`, run: "edit 2" },
        {
            content: "The page is loaded again before it was added",
            trigger: `${ORDER} .o_cs_technician_add`,
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        { content: "What was typed is there", trigger: `${ORDER} .o_cs_technician_material:value(Elbow)` },
        { content: "So is the note", trigger: `${ORDER} .o_cs_technician_note:value(New pipe)` },
        { content: "Add it", trigger: `${ORDER} .o_cs_technician_add`, run: "click" },
        { content: "The server has it", trigger: `${ORDER} .o_cs_technician_line:contains(Elbow)` },
        {
            content: "Take a photo",
            trigger: `${ORDER} label:has(.o_cs_technician_before)`,
            run: ({ anchor }) => takePhoto(anchor.querySelector("input")),
        },
        { content: "It is shown", trigger: `${ORDER} .o_cs_technician_photo` },
        { content: "Stop", trigger: `${ORDER} .o_cs_technician_stop`, run: "click" },
        { content: "Time stands", trigger: `${ORDER} .o_cs_technician_start` },
        { content: "The customer signs", trigger: `${ORDER} .o_cs_technician_sign`, run: "click" },
        { content: "His name", trigger: ".modal div[name='signer_name'] input", run: "edit Chen Wei" },
        {
            content: "He types it",
            trigger: ".modal div[name='how'] .o_radio_item:nth-of-type(2) input",
            run: "click",
        },
        { content: "Sign", trigger: ".modal button[name='action_confirm']", run: "click" },
        { content: "Signed", trigger: `body:not(:has(.modal)) ${ORDER} .o_cs_technician_signed` },
        { content: "Done", trigger: `${ORDER} .o_cs_technician_done`, run: "click" },
        { content: "Handed in", trigger: `${ORDER}[data-state='done']` },
    ],
});

function send(form) {
    return { content: `Send ${form}`, trigger: `.o_cs_repair_${form} button`, run: "click", expectUnloadPage: true };
}

addTour("cs_contractor_portal_tour", {
    steps: () => [
        { content: "Open the order", trigger: ".o_cs_repair", run: "click", expectUnloadPage: true },
        send("accept"),
        send("arrive"),
        { content: "Material", trigger: "#cs_repair_material", run: "edit Roof tile" },
        { content: "How many", trigger: "#cs_repair_quantity", run: "edit 12" },
        { ...send("material"), trigger: "form.o_cs_repair_material button" },
        { content: "It is noted", trigger: ".o_cs_repair_line:contains(Roof tile)" },
        {
            content: "Take a photo",
            trigger: "#cs_repair_photos",
            run: ({ anchor }) => takePhoto(anchor),
        },
        { ...send("photo"), trigger: "form.o_cs_repair_photo button" },
        { content: "It is shown", trigger: "div.o_cs_repair_photo img" },
        { content: "What was done", trigger: "#cs_repair_note", run: "edit Twelve tiles are new" },
        send("done"),
        { content: "It is inspected now", trigger: ".badge.text-bg-success" },
    ],
});
