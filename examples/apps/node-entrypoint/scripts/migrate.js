require("fs").writeFileSync("uploads/db.json", JSON.stringify({migrated:true})); console.log("ok")
